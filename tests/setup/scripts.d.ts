/** The set-up is plain JavaScript, since it runs before anything is installed: to the type checker it is untyped. */
declare module "../../scripts/*";

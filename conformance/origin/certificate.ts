/** A certificate that is right in everything but that nobody trusts who signed it: itself. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** A certificate with its key, both PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

/** Tags of X.690 that a certificate needs. */
const tag = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  time: 0x17,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
  extensions: 0xa3,
  dnsName: 0x82,
  address: 0x87,
};

/** Object identifiers, encoded: ecdsa-with-SHA256, commonName, subjectAltName. */
const oid = { ecdsaWithSha256: "2a8648ce3d040302", commonName: "550403", subjectAltName: "551d11" };

/** Makes a fresh self-signed certificate (X.509 version 3, P-256) for `localhost` and 127.0.0.1, valid from 2020 to 2049. */
export function selfSigned(commonName: string): Identity {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = der(tag.sequence, der(tag.oid, hex(oid.ecdsaWithSha256)));
  const name = nameOf(commonName);
  const names = der(
    tag.sequence,
    der(tag.dnsName, Buffer.from("localhost")),
    der(tag.address, Buffer.of(127, 0, 0, 1)),
  );
  const subject = der(
    tag.sequence,
    der(tag.version, der(tag.integer, Buffer.of(2))),
    // A serial number is positive: its first byte must not have the sign's bit, nor be zero.
    der(tag.integer, Buffer.of(1), randomBytes(15)),
    algorithm,
    name,
    der(tag.sequence, der(tag.time, Buffer.from("200101000000Z")), der(tag.time, Buffer.from("491231235959Z"))),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    der(
      tag.extensions,
      der(tag.sequence, der(tag.sequence, der(tag.oid, hex(oid.subjectAltName)), der(tag.octets, names))),
    ),
  );
  const certificate = der(tag.sequence, subject, algorithm, der(tag.bits, Buffer.of(0), signed(subject, privateKey)));
  return { certificate: pem(certificate), key: String(privateKey.export({ type: "pkcs8", format: "pem" })) };
}

function nameOf(commonName: string): Buffer {
  const attribute = der(tag.sequence, der(tag.oid, hex(oid.commonName)), der(tag.utf8, Buffer.from(commonName)));
  return der(tag.sequence, der(tag.set, attribute));
}

function signed(bytes: Buffer, key: KeyObject): Buffer {
  return sign("sha256", bytes, key);
}

/** One element in the distinguished encoding. */
function der(type: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(type, ...size), content]);
}

function hex(text: string): Buffer {
  return Buffer.from(text, "hex");
}

function pem(bytes: Buffer): string {
  const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
  return ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n");
}

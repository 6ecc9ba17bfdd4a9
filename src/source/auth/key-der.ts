/** One value of DER: its tag and where its content lies (ITU-T X.690, "Basic encoding rules"). */
interface Value {
  readonly tag: number;
  readonly from: number;
  readonly to: number;
}

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OID = 0x06;
const SEQUENCE = 0x30;

/** Reads the value at a place; `undefined` when it goes beyond the end. */
function valueAt(der: Buffer, at: number, end = der.length): Value | undefined {
  const [tag, first] = [der[at], der[at + 1]];
  if (tag === undefined || first === undefined) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const from = at + 2 + lengthBytes;
  if (lengthBytes > 4 || from > end) return undefined;
  const to = from + (lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes));
  return to > end ? undefined : { tag, from, to };
}

/** The values inside of another; as far as they can be read. */
function valuesIn(der: Buffer, around: Value | undefined): Value[] {
  const values: Value[] = [];
  if (around === undefined) return values;
  for (let at = around.from; at < around.to && values.length < 8;) {
    const value = valueAt(der, at, around.to);
    if (value === undefined) return values;
    values.push(value);
    at = value.to;
  }
  return values;
}

function wholeSequence(der: Buffer): Value | undefined {
  const value = valueAt(der, 0);
  return value?.tag === SEQUENCE && value.to === der.length ? value : undefined;
}

/** Whether bytes are one whole structure, from the beginning to the end. */
export function isWholeDer(der: Buffer): boolean {
  return wholeSequence(der) !== undefined;
}

/**
 * What bytes hold, as the frame of a PEM text would name it (RFC 5958, RFC 8017, RFC 5280, RFC 7292).
 *
 * @returns `undefined` when they are not one whole structure
 */
export function labelOfDer(der: Buffer): string | undefined {
  const outer = wholeSequence(der);
  if (outer === undefined) return undefined;
  const [first, second] = valuesIn(der, outer);
  if (first?.tag === INTEGER) {
    const version = first.to - first.from === 1 ? der[first.from] : undefined;
    if (version === 3) return 'PKCS12';
    if (version === 1 && second?.tag === OCTET_STRING) return 'EC PRIVATE KEY';
    if (version === undefined) return 'RSA PUBLIC KEY';
    return second?.tag === SEQUENCE ? 'PRIVATE KEY' : 'RSA PRIVATE KEY';
  }
  if (valuesIn(der, first)[0]?.tag !== OID) return 'CERTIFICATE';
  if (second?.tag === BIT_STRING) return 'PUBLIC KEY';
  return second?.tag === OCTET_STRING ? 'ENCRYPTED PRIVATE KEY' : undefined;
}

/**
 * The cipher of an encrypted PKCS#8 key as OpenSSL names it, where it is one of those that OpenSSL 3 keeps in its legacy
 * provider alone (RFC 8018, appendix A.3; RFC 7292, appendix C; OpenSSL, "OSSL_PROVIDER-legacy").
 */
export function oldCipherOf(der: Buffer): string | undefined {
  const [algorithm] = valuesIn(der, wholeSequence(der));
  const [scheme, parameters] = valuesIn(der, algorithm);
  // PBES2 names the cipher in its parameters, behind the derivation of the key.
  const [cipher] = valuesIn(der, valuesIn(der, parameters)[1]);
  for (const oid of [scheme, cipher]) {
    if (oid?.tag !== OID) continue;
    const name = OLD_CIPHERS[der.toString('hex', oid.from, oid.to)];
    if (name !== undefined) return name;
  }
  return undefined;
}

const PKCS5 = '2a864886f70d0105';
const PKCS12 = '2a864886f70d010c01';
const OLD_CIPHERS: Readonly<Record<string, string>> = {
  [`${PKCS5}01`]: 'PBE-MD2-DES',
  [`${PKCS5}03`]: 'PBE-MD5-DES',
  [`${PKCS5}04`]: 'PBE-MD2-RC2-64',
  [`${PKCS5}06`]: 'PBE-MD5-RC2-64',
  [`${PKCS5}0a`]: 'PBE-SHA1-DES',
  [`${PKCS5}0b`]: 'PBE-SHA1-RC2-64',
  [`${PKCS12}01`]: 'PBE-SHA1-RC4-128',
  [`${PKCS12}02`]: 'PBE-SHA1-RC4-40',
  [`${PKCS12}05`]: 'PBE-SHA1-RC2-128',
  [`${PKCS12}06`]: 'PBE-SHA1-RC2-40',
  '2b0e030207': 'DES-CBC',
  '2a864886f70d0302': 'RC2-CBC',
};

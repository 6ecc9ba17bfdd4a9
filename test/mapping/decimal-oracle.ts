/** A decimal as digits over a power of ten, by BigInt and text only: the oracle shares nothing with the decoders. */
export interface Rational {
  readonly numerator: bigint;
  readonly scale: number;
}

export function rational(text: string): Rational {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const sign = mantissa.startsWith('-') ? -1n : 1n;
  let numerator = sign * BigInt(whole + fraction || '0');
  let scale = fraction.length - Number(exponent);
  if (scale < 0) {
    numerator *= 10n ** BigInt(-scale);
    scale = 0;
  }
  return { numerator, scale };
}

export function sameDecimal(one: string, other: string): boolean {
  const a = rational(one);
  const b = rational(other);
  return a.numerator * 10n ** BigInt(b.scale) === b.numerator * 10n ** BigInt(a.scale);
}

const DECIMAL = /^([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,6}))?$/;

/** Decimals whose first digit lies further from the point than this keep their exponent. */
const LONGEST_PLAIN = 100;

function isCanonicalInteger(text: string): boolean {
  const length = text.length;
  let first = text.charCodeAt(0);
  let index = 0;
  if (first === 45) {
    index = 1;
    first = text.charCodeAt(1);
  }
  if (first === 48) return length === 1;
  if (index >= length) return false;
  for (; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

function trimDigits(text: string): { readonly digits: string; readonly leading: number } {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) === 48) start += 1;
  while (end > start && text.charCodeAt(end - 1) === 48) end -= 1;
  return { digits: text.slice(start, end), leading: start };
}

/**
 * The one text of a decimal number: no `+`, no `-0`, no leading zeros, no trailing zeros after the point, no
 * exponent (unless the first digit lies more than 100 places from the point: then `1.5e-200`). Two decimals are the
 * same number exactly when their canonical texts are equal.
 *
 * @returns `undefined` when the text is not a decimal number
 */
export function canonicalDecimal(text: string): string | undefined {
  if (isCanonicalInteger(text) && text.length <= LONGEST_PLAIN) return text;
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const whole = match[2] ?? '';
  const fraction = match[3] ?? '';
  if (whole === '' && fraction === '') return undefined;
  const { digits, leading } = trimDigits(whole + fraction);
  if (digits === '') return '0';
  const sign = match[1] === '-' ? '-' : '';
  // Places of the first digit before the point: 1 for 5.3, 0 for 0.53.
  const places = whole.length - leading + Number(match[4] ?? 0);
  if (places > LONGEST_PLAIN || places < -LONGEST_PLAIN) {
    const rest = digits.length > 1 ? `.${digits.slice(1)}` : '';
    return `${sign}${digits.charAt(0)}${rest}e${places - 1}`;
  }
  if (places <= 0) return `${sign}0.${'0'.repeat(-places)}${digits}`;
  if (places >= digits.length) return sign + digits + '0'.repeat(places - digits.length);
  return `${sign}${digits.slice(0, places)}.${digits.slice(places)}`;
}

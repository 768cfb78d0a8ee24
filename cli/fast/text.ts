/** Node reads U+FFFD for whatever is not UTF-8, so where that stands nobody can tell which file or text was meant. */
export function isText(value: string): boolean {
  return !value.includes("\ufffd");
}

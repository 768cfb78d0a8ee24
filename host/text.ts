// Sequences first, so that a colour code leaves nothing behind; then every single character that could act on a terminal.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const ESCAPE_SEQUENCES = /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text that is safe to show on a terminal: without C0 and C1 controls, DEL, escape sequences, line separators and
 * characters that change the direction of text. Tabs become spaces; so do newlines, unless `keepNewlines`.
 */
export function stripControls(text: string, options: { readonly keepNewlines?: boolean } = {}): string {
  const plain = text.replace(ESCAPE_SEQUENCES, "").replace(CONTROLS, "").replaceAll("\t", " ");
  return options.keepNewlines === true ? plain : plain.replaceAll("\n", " ");
}

/**
 * A config.toml with these lines under `[daemon]`, and every other byte as it was; undefined where that table is written in a form that
 * cannot take them. `entries`: keys with their values as TOML has them.
 */
export function withDaemonTable(text: string, entries: readonly (readonly [string, string])[]): string | undefined {
  const lines = entries.map(([key, value]) => `${key} = ${value}\n`).join("");
  const header = /^[ \t]*\[[ \t]*daemon[ \t]*\][^\n]*(?:\n|$)/m.exec(text);
  if (header !== null) {
    const end = header.index + header[0].length;
    return `${text.slice(0, end)}${header[0].endsWith("\n") ? "" : "\n"}${lines}${text.slice(end)}`;
  }
  if (/^[ \t]*daemon[ \t]*[.=]/m.test(text)) return undefined;
  // A table may follow its own parts: `[daemon.notify]` before `[daemon]` is sound TOML.
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${text === "" ? "" : "\n"}[daemon]\n${lines}`;
}

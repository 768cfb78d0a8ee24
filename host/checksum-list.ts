/**
 * Hashes that a publisher's list names, by file name without folders: lines of `sha256sum` (coreutils), and the `xz_url` and
 * `xz_hash` of a channel of Rust. A name that comes twice has all of its hashes. Pure.
 */
export function hashesIn(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  let address = "";
  for (const line of text.split("\n")) {
    const [, hash, name] = /^([0-9a-f]{64}) [ *](\S+)\s*$/i.exec(line) ?? [];
    if (hash !== undefined && name !== undefined) add(found, name, hash);
    address = /^xz_url = "([^"]+)"$/.exec(line)?.[1] ?? (line === "" || line.startsWith("[") ? "" : address);
    const [, xz] = /^xz_hash = "([0-9a-f]{64})"$/.exec(line) ?? [];
    if (xz !== undefined && address !== "") add(found, address, xz);
  }
  return found;
}

function add(to: Map<string, Set<string>>, path: string, hash: string): void {
  const name = path.slice(path.lastIndexOf("/") + 1);
  to.set(name, (to.get(name) ?? new Set()).add(hash.toLowerCase()));
}

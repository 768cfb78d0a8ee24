/** Key of a package in every map of this provider, and its name in the lock: `curl`, or `libc6:i386` for a foreign architecture. */
export function packageKey(name: string, arch: string, native: string): string {
  return arch === native || arch === "all" || arch === "" ? name : `${name}:${arch}`;
}

/** The parts of a key. */
export function splitKey(key: string, native: string): { readonly name: string; readonly arch: string } {
  const colon = key.indexOf(":");
  return colon < 0 ? { name: key, arch: native } : { name: key.slice(0, colon), arch: key.slice(colon + 1) };
}

/** Name of a folder's file in the cache: FNV-1a of 64 bits, in hexadecimal. The file says whose it is. native/resolved.c does the same. */
export function resolvedName(folder: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(folder)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0");
}

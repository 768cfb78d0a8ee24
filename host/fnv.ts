/** FNV-1a of 64 bits, in hexadecimal: for names in a cache, where nobody gains by two texts with one hash. native/resolved.c does the same. */
export function fnv1a64(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, "0");
}

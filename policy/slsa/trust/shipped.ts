/** What Sigstore's public instance is trusted by, as it was when this omg was built. */
export interface Shipped {
  /** TUF's metadata file, by which everything newer is verified. */
  readonly root: Buffer;
  /** The trust root itself. */
  readonly trustedRoot: Buffer;
}

/** The address of the public instance's TUF repository. */
export const PUBLIC_ADDRESS = "https://tuf-repo-cdn.sigstore.dev";

export async function shipped(): Promise<Shipped> {
  const { default: seeds } = await import("@sigstore/tuf/seeds.json", { with: { type: "json" } });
  const { "root.json": root, targets } = seeds[PUBLIC_ADDRESS];
  return { root: Buffer.from(root, "base64"), trustedRoot: Buffer.from(targets["trusted_root.json"], "base64") };
}

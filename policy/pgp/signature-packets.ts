import type { CleartextMessage, Config, Signature, SignaturePacket } from "openpgp";

type OpenPgp = typeof import("openpgp");

/** What openpgp says of one signature. */
export type VerificationResult = Awaited<ReturnType<CleartextMessage["verify"]>>[number];

/** Reads the content of a signature file, binary or in ASCII armour. Faults of openpgp pass. */
export async function parseSignature(content: Uint8Array): Promise<Signature> {
  const { readSignature } = await import("openpgp");
  const armored = Buffer.from(content).toString("latin1");
  return armored.includes("-----BEGIN PGP SIGNATURE-----")
    ? readSignature({ armoredSignature: armored })
    : readSignature({ binarySignature: content });
}

/** The signatures in it; what openpgp cannot read at all is none. */
export function packetsOf({ enums }: OpenPgp, signature: Signature): readonly SignaturePacket[] {
  return signature.packets.filterByTag(enums.packet.signature) as SignaturePacket[];
}

/** A key whose own signatures were renewed is younger by them than what it signed before: that is no fault. */
export function verifyConfig({ config }: OpenPgp): Config {
  return { ...config, allowInsecureVerificationWithReformattedKeys: true };
}

export function whichHold(results: readonly VerificationResult[]): Promise<readonly boolean[]> {
  return Promise.all(
    results.map(({ verified }) =>
      verified.then(
        () => true,
        () => false,
      ),
    ),
  );
}

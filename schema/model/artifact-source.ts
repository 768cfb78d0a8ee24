import type { Artifact } from "./artifact.ts";

/**
 * Somewhere that artifacts come from: their publisher, a mirror, a teammate. Writes the bytes to the file at `path`, where a
 * beginning of them may lie already, to go on from or to write over. Resolves to true, or to false when it does not have
 * them. Whatever arrives is hashed again before it counts.
 */
export type ArtifactSource = (artifact: Artifact, path: string, onBytes: (count: number) => void) => Promise<boolean>;

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Artifact, DebianChain } from "../../../schema/model/artifact.ts";
import type { GpgHome, SignOptions } from "../../support/gpg-home.ts";

export const SIGNED_AT = new Date("2026-03-01T12:00:00Z");
export const KEY_MADE_AT = new Date("2026-01-01T00:00:00Z");
const INDEX_KEY = "main/binary-amd64/Packages";
const DEB_SHA256 = "ab".repeat(32);

export interface ArchiveOptions extends Partial<SignOptions> {
  readonly keys: readonly string[];
  readonly date?: Date;
  readonly validUntil?: Date;
  /** Replaces the Release file's text. */
  readonly release?: string;
}

const PACKAGES = [
  `Package: hello\nVersion: 1.0-1\nArchitecture: amd64\nFilename: pool/h.deb\nSize: 3\nSHA256: ${DEB_SHA256}\n`,
  `Package: other\nVersion: 2.0\nArchitecture: all\nFilename: pool/o.deb\nSize: 3\nSHA256: ${"cd".repeat(32)}\n`,
].join("\n");

/** The folder of one suite, signed by real keys. */
export class Archive {
  readonly folder: string;
  readonly release: string;
  readonly inRelease: string;
  readonly index: string;

  constructor(gpg: GpgHome, name: string, options: ArchiveOptions) {
    this.folder = join(gpg.folder, name);
    mkdirSync(this.folder);
    this.release = join(this.folder, "Release");
    this.index = join(this.folder, "Packages");
    this.inRelease = join(this.folder, "InRelease");
    writeFileSync(this.index, PACKAGES);
    writeFileSync(this.release, options.release ?? releaseText(options));
    gpg.clearsign(this.release, this.inRelease, { at: SIGNED_AT, ...options });
  }

  /** The chain of `hello`, with whatever the test makes different. */
  artifact(
    keyrings: readonly string[],
    chain: Partial<DebianChain> = {},
    artifact: Partial<Artifact> = {},
  ): Artifact & { chain: DebianChain } {
    const whole = {
      release: this.inRelease,
      keyrings,
      bound: true,
      trusted: false,
      index: this.index,
      indexKey: INDEX_KEY,
      ...chain,
    };
    return {
      address: "apt.hello",
      name: "hello",
      version: "1.0-1",
      arch: "amd64",
      sha256: DEB_SHA256,
      urls: [],
      filename: "h.deb",
      origin: "lab",
      role: "install",
      ...artifact,
      chain: { type: "debian", ...whole },
    };
  }
}

export function releaseText(options: { readonly date?: Date; readonly validUntil?: Date } = {}): string {
  return releaseTextFor(PACKAGES, options);
}

/** A Release file that lists this Packages file. */
export function releaseTextFor(
  packages: string,
  options: { readonly date?: Date; readonly validUntil?: Date } = {},
): string {
  const until = options.validUntil === undefined ? "" : `Valid-Until: ${options.validUntil.toUTCString()}\n`;
  const digest = createHash("sha256").update(packages).digest("hex");
  const date = (options.date ?? SIGNED_AT).toUTCString();
  return `Origin: Lab\nSuite: stable\nDate: ${date}\n${until}SHA256:\n ${digest} ${packages.length} ${INDEX_KEY}\n`;
}

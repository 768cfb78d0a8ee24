import { z } from "zod";
import { daemon, peers } from "./daemon-schema.ts";
import { absolutePath, archiveAddress, dumpAddress, snapshotAddress, sourceName, webAddress } from "./names.ts";

/** Where one runtime comes from. */
const runtime = z.strictObject({
  mirror: webAddress
    .exactOptional()
    .describe("Where the archives and what vouches for them lie, as the publisher has them."),
  index: webAddress.exactOptional().describe("The list of versions, where it is not where the publisher has it."),
  keys: z
    .union([webAddress, z.literal(false)])
    .exactOptional()
    .describe(
      "Where the publisher's keys are, with {fingerprint} for one of several; false: only those in trust/runtimes.",
    ),
});

const refreshLimit = z
  .int()
  .positive()
  .max(86_400)
  .exactOptional()
  .describe("How long fetching the package lists may take, in seconds. Default: 900.");

/** config.toml: how omg works here. It grows with what omg can do. */
export const configSchema = z
  .strictObject({
    apt: z
      .strictObject({
        config: absolutePath
          .exactOptional()
          .describe("Configuration file for apt, as APT_CONFIG. Counts only where root itself runs omg."),
        "refresh-limit": refreshLimit,
        snapshots: z
          .record(sourceName, z.union([snapshotAddress, z.literal(false)]))
          .exactOptional()
          .describe(
            "Addresses of snapshot archives by name of the source, with @SNAPSHOTID@ for the time; false: read it as it is now.",
          ),
      })
      .exactOptional(),
    advisories: z
      .strictObject({
        osv: dumpAddress
          .exactOptional()
          .describe("Where OSV's dumps lie: ECOSYSTEM/all.zip below this address. Default: OSV's own."),
        "arch-tracker": dumpAddress
          .exactOptional()
          .describe("The Arch security tracker's all.json. Default: Arch's own."),
        online: z
          .boolean()
          .exactOptional()
          .describe(
            "Ask OSV's server about what comes from public sources. It learns what is installed here. Default: false.",
          ),
        api: webAddress.exactOptional().describe("OSV's server. Default: https://api.osv.dev"),
      })
      .exactOptional(),
    audit: z
      .strictObject({
        witness: absolutePath
          .exactOptional()
          .describe(
            "File that the signed head of the log is added to after each line, best on a file system that whoever changes this machine cannot write back.",
          ),
      })
      .exactOptional(),
    daemon: daemon.exactOptional(),
    peers: peers.exactOptional(),
    provenance: z
      .strictObject({
        github: z
          .union([z.boolean(), webAddress])
          .exactOptional()
          .describe(
            "Asks GitHub for the attestations of what policy pins to a repository there; an address: that of another server's API.",
          ),
        rekor: z
          .union([z.boolean(), webAddress])
          .exactOptional()
          .describe(
            "Asks the transparency log for what policy has rules about, by its hash; an address: that of another log.",
          ),
      })
      .exactOptional(),
    runtimes: z
      .strictObject({
        github: webAddress.exactOptional().describe("GitHub's API. Default: https://api.github.com"),
        node: runtime.exactOptional(),
        python: runtime.exactOptional(),
        go: runtime.exactOptional(),
        rust: runtime.exactOptional(),
        ruby: runtime.exactOptional(),
        java: runtime.exactOptional(),
        bun: runtime.exactOptional(),
        deno: runtime.exactOptional(),
        mise: z
          .strictObject({
            program: absolutePath.exactOptional().describe("mise, where it is not to be looked for on PATH."),
            mirrors: z
              .record(webAddress, webAddress)
              .exactOptional()
              .describe(
                "Beginnings of addresses, and what mise and omg ask instead: https://github.com/, https://api.github.com/.",
              ),
          })
          .exactOptional()
          .describe("Where tools come from that omg has no publisher of."),
      })
      .exactOptional(),
    trust: z
      .strictObject({
        address: webAddress
          .exactOptional()
          .describe(
            "TUF repository that the trust root for provenance is refreshed from. Default: Sigstore's public one.",
          ),
      })
      .exactOptional(),
    aur: z
      .strictObject({
        address: webAddress
          .exactOptional()
          .describe("The AUR, or a mirror with its interface: /rpc/v5 and NAME.git below it. Default: Arch's own."),
        "build-limit": z
          .int()
          .positive()
          .max(604_800)
          .exactOptional()
          .describe("How long the build of one package may take, in seconds. Default: 7200."),
        unsandboxed: z
          .boolean()
          .exactOptional()
          .describe(
            "Whether packages may be built without bubblewrap, where it is missing: a build can then read and send what its user can. Counts only in the machine's file. Default: false.",
          ),
        "built-by-users": z
          .boolean()
          .exactOptional()
          .describe(
            "Whether omg-root installs what other users built: whoever may use it can then become root. Counts only in the machine's file. Default: false.",
          ),
      })
      .exactOptional(),
    pacman: z
      .strictObject({
        config: absolutePath
          .exactOptional()
          .describe("Configuration file for pacman, as OMG_PACMAN_CONFIG. Counts only where root itself runs omg."),
        archive: archiveAddress
          .exactOptional()
          .describe("Where repositories were on a day, with $date (2026/11/20), $repo and $arch."),
        "refresh-limit": refreshLimit,
      })
      .exactOptional(),
  })
  .meta({ title: "config.toml: how omg works here" });

export type Config = z.infer<typeof configSchema>;

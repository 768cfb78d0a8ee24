import { z } from "zod";
import {
  absolutePath,
  archiveAddress,
  dumpAddress,
  healthName,
  interfaceName,
  referenceName,
  repositoryAddress,
  repositoryFolder,
  snapshotAddress,
  sourceName,
  trustFingerprint,
  value,
  webAddress,
} from "./names.ts";
import { schedule, timeZone, windows } from "./window-schema.ts";

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

const seconds = z.int().positive().max(31_536_000);
const mode = z.enum(["off", "report", "apply"]);
const program = z
  .array(value)
  .min(1)
  .refine(([file = ""]) => absolutePath.safeParse(file).success, {
    error: "must begin with the absolute path of a program",
  });
const id = z.int().min(0).max(4_294_967_294);

/** What omgd follows, and what it may do about it. */
const daemon = z
  .strictObject({
    repository: repositoryAddress
      .exactOptional()
      .describe("The git repository that says what this machine should have: an https, http, ssh or file address."),
    branch: referenceName.exactOptional().describe("The branch that is followed. Default: main."),
    tag: referenceName.exactOptional().describe("A tag that is moved forward, instead of a branch."),
    "ssh-key": absolutePath
      .exactOptional()
      .describe("File of the private key for an ssh address, without a passphrase."),
    "known-hosts": absolutePath
      .exactOptional()
      .describe("File of the servers' keys for an ssh address; no other is talked to."),
    path: repositoryFolder.exactOptional().describe("Folder of omg.lock in it. Default: the top."),
    signers: absolutePath
      .exactOptional()
      .describe("Folder of the keys that commits must be signed with. Default: trust/signers beside this file."),
    team: trustFingerprint
      .exactOptional()
      .describe("Fingerprint of the team's first trust document: then those say who may sign, in place of `signers`."),
    report: z
      .union([z.boolean(), repositoryAddress])
      .exactOptional()
      .describe(
        "In a team: whether the others are told how this machine is, by a signed note in the repository; an address: in that one. Default: true.",
      ),
    "report-interval": seconds
      .exactOptional()
      .describe("At most how often, in seconds; only what changed, and once a day. Default: 300."),
    release: referenceName
      .exactOptional()
      .describe("A branch whose newest signed release.json has to name the commit. Default: none is required."),
    "release-signers": absolutePath
      .exactOptional()
      .describe("Folder of the keys that releases must be signed with. Default: trust/release beside this file."),
    poll: seconds
      .exactOptional()
      .describe("How often the repository is asked, in seconds, give or take a tenth. Default: 300."),
    metrics: z
      .number()
      .int()
      .min(1)
      .max(65535)
      .exactOptional()
      .describe("The port of 127.0.0.1 where metrics are handed out over http, at /metrics. Default: none."),
    "max-age": seconds
      .exactOptional()
      .describe("After how many seconds without an answer from it the state is stale. Default: 86400."),
    drift: mode
      .exactOptional()
      .describe("What is done where the machine is not as last applied: off, report or apply. Default: report."),
    "roll-forward": mode.exactOptional().describe("What is done with a newer commit. Default: report."),
    health: z
      .record(
        healthName,
        z.strictObject({
          command: program.describe("What is run, without a shell; healthy where it ends with 0."),
          limit: seconds.max(3600).exactOptional().describe("Within how many seconds after an apply. Default: 30."),
          uid: id.exactOptional().describe("Whom it runs as. Default: 65534 where root's omgd runs it."),
          gid: id.exactOptional().describe("Its group. Default: the same number."),
        }),
      )
      .exactOptional()
      .describe("What the health checks that a lock names run."),
    notify: z
      .strictObject({
        webhook: webAddress.exactOptional().describe("Where each notification is posted to, signed with `key`."),
        key: absolutePath.exactOptional().describe("File of mode 0600 with the key that webhooks are signed with."),
        command: program.exactOptional().describe("What is run for each notification, which it can read as JSON."),
        limit: seconds.max(3600).exactOptional().describe("How long the command may take, in seconds. Default: 30."),
        uid: id.exactOptional().describe("Whom the command runs as. Default: 65534 where root's omgd runs it."),
        gid: id.exactOptional().describe("Its group. Default: the same number."),
        desktop: z.boolean().exactOptional().describe("Show them on the desktop, with notify-send. Default: false."),
      })
      .refine(({ webhook, key }) => (webhook === undefined) === (key === undefined), {
        error: "has a webhook or a key alone: a webhook is signed",
      })
      .exactOptional()
      .describe("Who is told when something changed."),
    windows: windows
      .exactOptional()
      .describe("When drift may be put back and newer commits applied. Default: at any time."),
    schedule: schedule
      .exactOptional()
      .describe("A cron expression: then everything is looked at, beside what else wakes omgd."),
    "time-zone": timeZone.exactOptional().describe("What `schedule` goes by, as tzdata names it. Default: UTC."),
    backoff: seconds
      .exactOptional()
      .describe("How long after a failure it is tried again, in seconds; twice as long each time. Default: 30."),
    tries: z
      .int()
      .positive()
      .max(1000)
      .exactOptional()
      .describe("After how many failures with one commit omgd stops trying. Default: 5."),
  })
  .refine(
    ({ repository, ...rest }) =>
      repository?.startsWith("ssh:") !== true || (rest["ssh-key"] !== undefined && rest["known-hosts"] !== undefined),
    { error: "follows an ssh address, and needs both `ssh-key` and `known-hosts` for it" },
  )
  .refine(({ branch, tag }) => branch === undefined || tag === undefined, {
    error: "names a branch and a tag: one of them is followed",
  });

/** Teammates on the local network. */
const peers = z.strictObject({
  interfaces: z
    .array(interfaceName)
    .min(1)
    .max(16)
    .describe("Network interfaces on which omgd announces itself, looks for teammates, and serves them."),
  port: z.int().min(1024).max(65_535).exactOptional().describe("Where it listens. Default: any port that is free."),
  bandwidth: z
    .int()
    .min(1024)
    .exactOptional()
    .describe("What all teammates together are sent at most, in bytes a second. Default: no limit."),
  connections: z
    .int()
    .min(1)
    .max(1000)
    .exactOptional()
    .describe("How many connections are taken at a time on each interface. Default: 64."),
  metered: z
    .boolean()
    .exactOptional()
    .describe(
      "Whether these interfaces cost by volume: then nothing is announced, asked or served. Default: what NetworkManager says.",
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

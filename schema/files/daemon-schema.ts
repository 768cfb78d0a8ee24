import { z } from "zod";
import {
  absolutePath,
  healthName,
  interfaceName,
  referenceName,
  repositoryAddress,
  repositoryFolder,
  trustFingerprint,
  value,
  webAddress,
} from "./names.ts";
import { schedule, timeZone, windows } from "./window-schema.ts";

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
export const daemon = z
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
export const peers = z.strictObject({
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

import { z } from "zod";
import { aptSource, sourceKey } from "./lock-sources.ts";
import {
  aliasName,
  commitId,
  debianName,
  exactVersion,
  healthName,
  lockName,
  oneLine,
  pacmanName,
  pattern,
  platformName,
  runtimeName,
  runtimeRequest,
  sha256,
  shortRequest,
  snapshotTime,
  sourceFile,
  sourceName,
  value,
  variableName,
  versionRequest,
  webAddress,
} from "./names.ts";

const globs = z.union([pattern, z.array(pattern).min(1, { error: "the list is empty" })]);

const longRequest = {
  version: versionRequest.exactOptional(),
  from: sourceName.exactOptional(),
  hold: z.boolean().exactOptional(),
};
const request = z.union([shortRequest, z.strictObject(longRequest)]);
const aurRequest = z.union([
  shortRequest,
  z.strictObject({
    version: versionRequest.exactOptional(),
    hold: z.boolean().exactOptional(),
    commit: commitId.exactOptional().describe("Commit of the recipe: whoever writes it has read it."),
    allow: z
      .array(z.enum(["setuid", "capabilities", "install-script"]))
      .exactOptional()
      .describe("What the built package may bring besides plain files."),
  }),
]);

const unmanaged = {
  unmanaged: z.enum(["ignore", "report", "remove"]).exactOptional(),
  foreign: z.enum(["report", "remove"]).exactOptional(),
  ignore: z.array(pattern).exactOptional(),
};

const apt = z.strictObject({
  snapshot: snapshotTime.exactOptional(),
  sources: z.record(sourceKey, aptSource).exactOptional(),
  packages: z.record(debianName, request).exactOptional(),
  ...unmanaged,
});
const pacman = z.strictObject({
  snapshot: snapshotTime.exactOptional(),
  packages: z.record(pacmanName, request).exactOptional(),
  ...unmanaged,
});
const aur = z.strictObject({ packages: z.record(pacmanName, aurRequest).exactOptional() });

/** A reference that only the user's own shell resolves. */
const envReference = z
  .strictObject({ from: z.enum(["env", "file", "command"]), name: oneLine })
  .refine(({ from, name }) => from !== "env" || variableName.safeParse(name).success, {
    error: "is not the name of a variable",
    path: ["name"],
  });

/** A document of omg.lock that people write: what is wanted. */
export const userDocument = z
  .strictObject({
    version: z.literal(1).exactOptional().describe("Version of the format. Required in the first document."),
    name: lockName
      .exactOptional()
      .describe("What ownership is recorded under. Required in the first document, and only there."),
    when: z
      .strictObject({
        os: globs.exactOptional(),
        release: globs.exactOptional(),
        arch: globs.exactOptional(),
        host: globs.exactOptional(),
      })
      .exactOptional()
      .describe("Limits the document to machines that match every condition; * and ? are wildcards."),
    include: z
      .array(oneLine)
      .exactOptional()
      .describe("Files of the same repository, relative to this one. What they say counts less than this document."),
    apt: apt.exactOptional().describe("Debian packages."),
    pacman: pacman.exactOptional().describe("Arch Linux packages."),
    aur: aur.exactOptional().describe("Packages of the Arch User Repository."),
    runtimes: z
      .record(runtimeName, runtimeRequest)
      .exactOptional()
      .describe(
        "Language runtimes, and tools that mise knows, by name; 20 means 20.*, and there are latest, lts, lts/iron, and Rust's channels.",
      ),
    env: z
      .record(variableName, z.union([value, envReference]))
      .exactOptional()
      .describe("Environment variables."),
    health: z
      .array(healthName)
      .exactOptional()
      .describe("Names of checks that omgd runs after an apply; what they run stands in the machine's config.toml."),
    aliases: z.record(aliasName, value).exactOptional().describe("Aliases of the shell."),
  })
  .meta({ title: "omg.lock: what is wanted" });

const pin = {
  version: exactVersion,
  sha256: sha256.exactOptional(),
  from: sourceName.exactOptional(),
  auto: z.boolean().exactOptional(),
};
const aurPin = {
  version: exactVersion,
  base: pacmanName.exactOptional(),
  commit: commitId.exactOptional(),
  sources: z.record(sourceFile, commitId).exactOptional(),
  sha256: sha256.exactOptional(),
  auto: z.boolean().exactOptional(),
};
const runtimePin = { ...pin, url: webAddress.exactOptional() };

/** A document of omg.lock that omg writes: what that was pinned to on one platform. */
export const pinsDocument = z
  .strictObject({
    pins: platformName.describe("The platform, as ID[-VERSION_ID]-ARCH of os-release."),
    indexes: z
      .record(sourceName, z.strictObject({ release: sha256, signature: sha256.exactOptional(), packages: sha256 }))
      .exactOptional()
      .describe("Digests of the signed indexes that the pins were resolved with, by source."),
    apt: z.record(debianName, z.strictObject(pin)).exactOptional(),
    pacman: z.record(pacmanName, z.strictObject(pin)).exactOptional(),
    aur: z.record(pacmanName, z.strictObject(aurPin)).exactOptional(),
    runtimes: z.record(runtimeName, z.strictObject(runtimePin)).exactOptional(),
  })
  .meta({ title: "omg.lock: pins of one platform" });

/** Any one document of omg.lock. */
export const lockDocument = z.union([userDocument, pinsDocument]);

export type UserDocument = z.infer<typeof userDocument>;
export type PinsDocument = z.infer<typeof pinsDocument>;
export type Conditions = NonNullable<UserDocument["when"]>;
/** Sections that list packages. */
export const PACKAGE_SECTIONS = ["apt", "pacman", "aur"] as const;
/** Sections that have pins. */
export const PINNED_SECTIONS = ["apt", "pacman", "aur", "runtimes"] as const;

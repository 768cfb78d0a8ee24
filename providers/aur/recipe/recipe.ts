import { type Source, sourceOf } from "./source.ts";
import { invalid, parseSrcinfo, type Section } from "./srcinfo.ts";

/** One package of a recipe, as it will be on one architecture. */
export interface RecipePackage {
  readonly name: string;
  readonly arch: string;
  readonly summary: string;
  readonly homepage?: string;
  readonly licenses: readonly string[];
  readonly groups: readonly string[];
  /** Relations as pacman writes them. */
  readonly depends: readonly string[];
  readonly optdepends: readonly string[];
  readonly provides: readonly string[];
  readonly conflicts: readonly string[];
  readonly replaces: readonly string[];
  /** File of the install script. */
  readonly install?: string;
}

/** What a .SRCINFO says, for one architecture. */
export interface Recipe {
  readonly base: string;
  /** With epoch and release: `1:2.0-1`. */
  readonly version: string;
  readonly packages: readonly RecipePackage[];
  readonly sources: readonly Source[];
  /** Full fingerprints, upper case. */
  readonly signers: readonly string[];
  /** Relations that must be met on the machine while it is built. */
  readonly buildNeeds: readonly string[];
}

/** PKGBUILD(5), `pkgname`. */
const NAME = /^[A-Za-z0-9@_+][A-Za-z0-9@._+-]{0,199}$/;
const PKGVER = /^[A-Za-z0-9][A-Za-z0-9.+_~]{0,99}$/;
const PKGREL = /^[0-9]+(?:\.[0-9]+)?$/;
const EPOCH = /^[0-9]{1,9}$/;
/** A name or a library, with a comparison: `omg-lib>=1:1.0`, `libomg.so=1-64`. */
const RELATION = /^[A-Za-z0-9@_+][A-Za-z0-9@._+:-]*(?:(?:<=|>=|=|<|>)[A-Za-z0-9._+:~-]+)?$/;

/** What the text of a .SRCINFO means on `arch`. Pure. Errors: OmgError `recipe-invalid`. */
export function recipeOf(text: string, arch: string): Recipe {
  const { base, packages } = parseSrcinfo(text);
  if (!NAME.test(base.name)) throw invalid("its pkgbase is no name for a package");
  const [version] = [versionOf(base)];
  const many = (section: Section, key: string) => valuesFor(section, base, key, arch) ?? [];
  return {
    base: base.name,
    version,
    packages: packages.map((section) => packageOf(section, base, arch)),
    sources: sourcesOf(base, arch),
    signers: many(base, "validpgpkeys").map((key) => key.replaceAll(" ", "").toUpperCase()),
    buildNeeds: ["depends", "makedepends", "checkdepends"].flatMap((key) => relations(many(base, key))),
  };
}

function versionOf(base: Section): string {
  const one = (key: string) => base.fields.get(key)?.[0] ?? "";
  const [version, release, epoch] = [one("pkgver"), one("pkgrel"), one("epoch")];
  const fits = PKGVER.test(version) && PKGREL.test(release) && (epoch === "" || EPOCH.test(epoch));
  if (!fits) throw invalid("its version, release or epoch is none that pacman knows");
  return `${epoch === "" || Number(epoch) === 0 ? "" : `${Number(epoch)}:`}${version}-${release}`;
}

/** A package's own word counts instead of the base's, an empty one too; what is for one architecture is added. */
function valuesFor(section: Section, base: Section, key: string, arch: string): readonly string[] | undefined {
  const pick = (name: string) => section.fields.get(name) ?? base.fields.get(name);
  const found = [pick(key), pick(`${key}_${arch}`)].filter((values) => values !== undefined);
  return found.length === 0 ? undefined : found.flat().filter((value) => value !== "");
}

function packageOf(section: Section, base: Section, arch: string): RecipePackage {
  if (!NAME.test(section.name)) throw invalid("one of its packages has no name that pacman knows");
  const many = (key: string) => valuesFor(section, base, key, arch) ?? [];
  const [homepage] = many("url");
  const [install] = many("install");
  return {
    name: section.name,
    arch: archOf(many("arch"), arch, section.name),
    summary: many("pkgdesc")[0] ?? "",
    ...(homepage === undefined ? {} : { homepage }),
    licenses: many("license"),
    groups: many("groups"),
    depends: relations(many("depends")),
    optdepends: many("optdepends"),
    provides: relations(many("provides")),
    conflicts: relations(many("conflicts")),
    replaces: relations(many("replaces")),
    ...(install === undefined ? {} : { install }),
  };
}

function archOf(written: readonly string[], arch: string, name: string): string {
  if (written.includes("any")) return "any";
  if (written.includes(arch)) return arch;
  throw invalid(`${name} is not made for ${arch}, but for ${written.join(", ") || "nothing"}`);
}

function relations(values: readonly string[]): readonly string[] {
  const odd = values.find((value) => !RELATION.test(value));
  if (odd !== undefined) throw invalid(`${JSON.stringify(odd.slice(0, 80))} is no relation between packages`);
  return values;
}

const SUMS = /^(ck|md5|sha1|sha224|sha256|sha384|sha512|b2)sums$/;

/** Each list of checksums is as long as the list of sources that it belongs to. */
function sourcesOf(base: Section, arch: string): readonly Source[] {
  const kinds = [...base.fields.keys()].flatMap((key) => SUMS.exec(key.replace(`_${arch}`, ""))?.[1] ?? []);
  const found = ["", `_${arch}`].flatMap((suffix) => {
    const entries = base.fields.get(`source${suffix}`) ?? [];
    const sums = [...new Set(kinds)].flatMap((kind) => {
      const values = base.fields.get(`${kind}sums${suffix}`);
      if (values !== undefined && values.length !== entries.length)
        throw invalid(`it has ${entries.length} sources, and ${values.length} ${kind}sums`);
      return values === undefined ? [] : [{ kind, values }];
    });
    return entries.map((entry, index) =>
      sourceOf(
        entry,
        sums.map(({ kind, values }) => [kind, values[index] ?? ""] as const),
      ),
    );
  });
  const names = new Set<string>();
  const twice = found.map(({ file }) => file).find((name) => names.has(name) || !names.add(name));
  if (twice !== undefined) throw invalid(`two of its sources are called ${twice}`);
  return found;
}

import { hashesIn } from "../../../host/checksum-list.ts";
import { invalidIndex } from "../failures.ts";
import { tripleOf } from "../machine.ts";
import type { Publisher } from "../publisher.ts";

/** https://dl.deno.land: a hash beside each archive, and nothing is signed. Only for glibc. */
export const deno: Publisher = {
  name: "Deno",
  origin: "deno.land",
  mirror: "https://dl.deno.land/release",
  index: () => "https://deno.com/versions.json",
  layout: { format: "zip", strip: 0, into: "bin" },
  versions: async (ask) => {
    const { cli } = ((await ask.list(ask.index)) ?? {}) as { readonly cli?: unknown };
    if (!Array.isArray(cli)) throw invalidIndex(ask.index, "it is no list of versions");
    return cli.flatMap((each) => {
      const [, version] = /^v(\d+\.\d+\.\d+(?:-[\w.]+)?)$/.exec(String(each)) ?? [];
      return version === undefined ? [] : [{ version }];
    });
  },
  published: async (ask, machine, version) => {
    const filename = `deno-${tripleOf(machine)}.zip`;
    const url = `${ask.mirror}/v${version}/${filename}`;
    const { bytes } = await ask.proof(`${url}.sha256sum`, "the archive's hash");
    const [sha256] = hashesIn(bytes.toString("utf8")).get(filename) ?? [];
    return sha256 === undefined ? undefined : { version, url, filename, sha256, proof: { type: "unsigned" } };
  },
};

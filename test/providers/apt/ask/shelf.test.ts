import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { offersOf } from "../../../../providers/apt/ask/offers.ts";
import { openShelf, shelfOf } from "../../../../providers/apt/ask/shelf.ts";
import { type AptConfig, readAptConfig } from "../../../../providers/apt/machine/config.ts";
import { isInstalled, readStatus } from "../../../../providers/apt/machine/status.ts";
import { openLists } from "../../../../providers/apt/sources/lists.ts";
import { LAB_NEEDS } from "../../../support/apt-lab.ts";
import { needs } from "../../../support/needs.ts";
import { createPolicyLab, type PolicyLab } from "../../../support/policy-lab.ts";

describe.runIf(needs(...LAB_NEEDS))("what the shelf has of packages that are not here", () => {
  let lab: PolicyLab;
  let config: AptConfig;
  let cache: string;
  beforeAll(async () => {
    lab = await createPolicyLab();
    cache = join(dirname(lab.env.APT_CONFIG ?? ""), "omg-cache");
    config = await readAptConfig(lab.env, cache);
  });
  afterAll(() => lab.dispose());

  const prefer = (...records: readonly string[]) => {
    mkdirSync(config.paths.preferencesParts, { recursive: true });
    writeFileSync(join(config.paths.preferencesParts, "mine"), records.join("\n"));
  };
  /** As data: it goes through a file. */
  const read = (about: unknown) => openShelf(JSON.parse(JSON.stringify(about)));

  it.each([
    ["without preferences", []],
    [
      "with general and special pins",
      [
        "Package: *\nPin: release a=experimental\nPin-Priority: 600\n",
        "Package: a\nPin: version 1*\nPin-Priority: -1\n",
      ],
    ],
    ["with pins of sources and architectures", ["Package: src:b both:any\nPin: version *\nPin-Priority: 50\n"]],
  ])("is what the command looks up, %s", async (_, records) => {
    prefer(...records);
    const here = readStatus(config).packages;
    const keys = [...(await openLists(config)).keys()].sort();
    const shelf = await shelfOf(config);
    for (const key of keys) expect(shelf?.has(key)).toBe(true);
    const reader = await read(shelf?.about);
    const others = keys.filter((key) => !isInstalled(here.get(key)));
    const asked = await offersOf(config, new Set(others));
    expect(others.length).toBeGreaterThan(3);
    for (const key of others) expect(reader?.offers(key)).toEqual(asked.get(key));
    expect([shelf?.has("no-such"), reader?.offers("no-such")]).toEqual([false, undefined]);
    reader?.close();
  });

  it("is none where apt has to be asked, or nothing may be kept", async () => {
    prefer("Package: a:native\nPin: version *\nPin-Priority: 1\n");
    expect(await shelfOf(config)).toBeUndefined();
    prefer();
    expect(await shelfOf(await readAptConfig(lab.env))).toBeUndefined();
    expect(await shelfOf(config)).toBeDefined();
  });

  it("is none any more once a list is another", async () => {
    const shelf = await shelfOf(config);
    const open = await read(shelf?.about);
    expect(open).toBeDefined();
    open?.close();
    const about = shelf?.about as { readonly lists: readonly { readonly text: { readonly path: string } }[] };
    const [path = ""] = about.lists.map(({ text }) => text.path);
    const lists = join(cache, "lists");
    // Where lists are packed it is omg's copy that counts, otherwise the list.
    if (path.startsWith(lists)) for (const name of readdirSync(lists)) rmSync(join(lists, name));
    else writeFileSync(path, "");
    expect(await read(shelf?.about)).toBeUndefined();
  });
});

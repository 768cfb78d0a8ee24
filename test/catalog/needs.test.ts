import { describe, expect, it } from "vitest";
import { freedBy } from "../../catalog/freed.ts";
import { chainsTo, dependentsIn } from "../../catalog/needs.ts";
import type { Inventory, InventoryItem } from "../../schema/model/inventory.ts";

/** `name`, `name!` where it was asked for; needs as `Depends:b`, or `Depends:b|c` for either. */
function inventory(spec: Readonly<Record<string, readonly string[]>>, more: Partial<Inventory> = {}): Inventory {
  const items = Object.entries(spec).map(([key, needs]): [string, InventoryItem] => {
    const name = key.replace("!", "");
    const item: InventoryItem = {
      name,
      version: "1",
      arch: "all",
      source: { name, version: "1" },
      size: 10,
      section: "",
      summary: "",
      requested: key.endsWith("!"),
      held: false,
      stays: false,
      needs: needs.map((need) => {
        const [kind = "", met = ""] = need.split(":");
        return { kind, strict: kind === "Depends", text: met, met: met.split("|") };
      }),
    };
    return [name, item];
  });
  return { items: new Map(items), keeping: new Set(["Depends", "Recommends"]), orphans: [], ...more };
}

describe("chains", () => {
  const chains = (of: Inventory, name: string, most = 9) =>
    chainsTo(name, of, dependentsIn(of), most).map((chain) =>
      chain.map(({ name: each, kind }) => (kind === undefined ? each : `${each} ${kind}`)).join(" > "),
    );

  it("are the shortest from each that was asked for, the shortest first", () => {
    const of = inventory({
      "far!": ["Depends:middle"],
      middle: ["Depends:lib"],
      "near!": ["Depends:lib", "Depends:middle"],
      lib: [],
    });
    expect(chains(of, "lib")).toEqual(["near Depends > lib", "far Depends > middle Depends > lib"]);
    expect(chains(of, "lib", 1)).toEqual(["near Depends > lib"]);
  });

  it("go over wishes only where no need leads there, and never over what does not keep", () => {
    const of = inventory({
      "a!": ["Recommends:lib"],
      "b!": ["Depends:c"],
      c: ["Depends:lib"],
      lib: ["Suggests:doc"],
      doc: [],
    });
    expect(chains(of, "lib")).toEqual(["b Depends > c Depends > lib"]);
    expect(chains(inventory({ "a!": ["Recommends:lib"], lib: [] }), "lib")).toEqual(["a Recommends > lib"]);
    expect(chains(of, "doc")).toEqual([]);
  });

  it("end in circles", () => {
    expect(chains(inventory({ a: ["Depends:b"], b: ["Depends:a"] }), "a")).toEqual([]);
  });
});

describe("what a removal frees", () => {
  const freed = (of: Inventory, name: string) => freedBy(of, dependentsIn(of))(name);

  it("is what cannot be without it, and what nothing needs then", () => {
    const of = inventory({
      "app!": ["Depends:lib"],
      lib: ["Depends:base"],
      base: [],
      "other!": ["Depends:base"],
    });
    expect(freed(of, "lib")).toEqual({ names: ["lib", "app"], bytes: 20 });
    expect(freed(of, "app")).toEqual({ names: ["app", "lib"], bytes: 20 });
    expect(freed(of, "base").names).toEqual(["base", "lib", "other", "app"]);
  });

  it("leaves alone who has an alternative, and what is recommended by what stays", () => {
    const of = inventory({ "app!": ["Depends:x|y", "Recommends:nice"], x: ["Depends:nice"], "y!": [], nice: [] });
    expect(freed(of, "x").names).toEqual(["x"]);
    expect(freed({ ...of, keeping: new Set(["Depends"]) }, "x").names).toEqual(["x", "nice"]);
  });

  it("counts neither today's orphans nor what stays though nothing leads to it", () => {
    const of = inventory(
      { "app!": [], orphan: ["Depends:shared"], shared: [], kernel: ["Depends:shared"] },
      { orphans: ["orphan"] },
    );
    expect(freed(of, "app").names).toEqual(["app"]);
    expect(freed(of, "orphan").names).toEqual(["orphan"]);
    expect(freed(of, "kernel").names).toEqual(["kernel", "shared"]);
  });

  it("is refused where something would go that may not", () => {
    const of = inventory({ "shell!": ["Depends:lib"], lib: [] });
    const items = new Map(of.items);
    items.set("shell", { ...(items.get("shell") as InventoryItem), protectedBy: "Essential" });
    expect(freed({ ...of, items }, "lib").refusedBy).toEqual({ name: "shell", reason: "Essential" });
  });
});

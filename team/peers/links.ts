import { BlockList } from "node:net";
import { networkInterfaces } from "node:os";

/** An interface of this machine, and the network that it is on. */
export interface Link {
  readonly name: string;
  /** Its own address there: IPv4. */
  readonly address: string;
  /** `10.0.0.2/24` */
  readonly cidr: string;
}

/** The first IPv4 address of each of these interfaces; one that is not there, or has none, is left out. */
export function linksOf(names: readonly string[]): readonly Link[] {
  const all = networkInterfaces();
  return [...new Set(names)].flatMap((name) => {
    const found = all[name]?.find(({ family, cidr }) => family === "IPv4" && cidr !== null);
    return found === undefined ? [] : [{ name, address: found.address, cidr: found.cidr ?? "" }];
  });
}

/** Tells whether an address is of the link's own network, so that what goes there passes no router. */
export function onLink({ cidr }: Pick<Link, "cidr">): (address: string) => boolean {
  const [network = "", bits = "32"] = cidr.split("/");
  const list = new BlockList();
  list.addSubnet(network, Number(bits), "ipv4");
  return (address) => {
    try {
      return list.check(address.replace(/^::ffff:/, ""), "ipv4");
    } catch {
      return false;
    }
  };
}

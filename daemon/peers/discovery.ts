import { randomBytes } from "node:crypto";
import type { Link, Place } from "../../app/peers/exchange.ts";

/** What is heard on one link. All of it is what anybody there can say. */
export interface Hearing {
  readonly onFound: (place: Place) => void;
  readonly onLost: (place: Place) => void;
}

export interface Discovery {
  /** Asks who is there, once more. */
  ask(): void;
  /** Says that this machine leaves, and is silent. */
  end(): Promise<void>;
}

const TYPE = "omg-peer";
/** Nobody's network has more; whoever announces more wants something else. */
const MOST = 512;

/** What is used of multicast-dns, which bonjour-service keeps to itself. */
interface Mdns {
  on(event: "error" | "warning", hear: () => void): void;
  emit(event: string, ...heard: readonly unknown[]): boolean;
  respond(packet: Packet | readonly Answer[], ...rest: readonly unknown[]): void;
}
interface Answer {
  readonly type: string;
}
interface Packet {
  readonly answers: readonly Answer[];
  readonly additionals?: readonly Answer[];
}

/**
 * Announces a port on this link by multicast DNS (RFC 6762, 6763), under a name that means nothing and is another one each time, and hears of
 * others. The library announces every address of the machine: those are left out, for the packet's sender says enough. What goes wrong with
 * the network is left to the next look.
 */
export async function openDiscovery(link: Link, port: number, hearing: Hearing): Promise<Discovery> {
  const { default: Bonjour } = await import("bonjour-service");
  const name = randomBytes(8).toString("hex");
  const place = { interface: link.address, bind: "0.0.0.0" };
  const bonjour = new Bonjour(place as object, () => undefined);
  // biome-ignore lint/complexity/useLiteralKeys: it is private, and without a listener an error of the socket would end omgd.
  const mdns = bonjour["server"].mdns as Mdns;
  mdns.on("error", () => undefined);
  mdns.on("warning", () => undefined);
  const emit = mdns.emit.bind(mdns);
  mdns.emit = (...heard) => {
    try {
      return emit(...heard);
    } catch {
      return true; // a packet that the library stumbles over is no reason to end
    }
  };
  const respond = mdns.respond.bind(mdns);
  mdns.respond = (packet, ...rest) => respond(withoutAddresses(packet), ...rest);
  bonjour.publish({ name, type: TYPE, port, host: `${name}.local`, probe: false });
  const listen = () => {
    const browser = bonjour.find({ type: TYPE });
    const told = (tell: (place: Place) => void) => (service: Heard) => {
      const address = service.referer?.address;
      if (service.name !== name && address !== undefined) tell({ address, port: service.port });
    };
    browser.on("up", told(hearing.onFound));
    browser.on("srv-update", told(hearing.onFound));
    browser.on("down", told(hearing.onLost));
    return browser;
  };
  let browser = listen();
  return {
    ask: () => {
      if (browser.services.length > MOST) {
        browser.stop();
        browser.removeAllListeners();
        browser = listen();
      } else browser.update();
    },
    end: () =>
      new Promise((ended) => {
        browser.stop();
        bonjour.unpublishAll(() => bonjour.destroy(() => ended()));
      }),
  };
}

interface Heard {
  readonly name: string;
  readonly port: number;
  readonly referer?: { readonly address: string };
}

function withoutAddresses(packet: Packet | readonly Answer[]): Packet {
  const { answers, additionals = [] } = "answers" in packet ? packet : { answers: packet };
  const isKept = ({ type }: Answer) => type !== "A" && type !== "AAAA";
  return { answers: answers.filter(isKept), additionals: additionals.filter(isKept) };
}

import { Agent, request } from 'node:http';

/** What became of the requests of somebody who has nothing to do with what happens besides. */
export interface TrafficFigures {
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
}

const PATIENCE_MS = 10_000;

/** One client that asks for `url` again and again, each time when it has its answer, on one connection. */
export class LegitimateTraffic {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly ended: Promise<void>;
  private stopping = false;
  private sent = 0;
  private answered = 0;

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {
    this.ended = this.run();
  }

  get figures(): TrafficFigures {
    return { sent: this.sent, answered: this.answered, failed: this.sent - this.answered };
  }

  async stop(): Promise<TrafficFigures> {
    this.stopping = true;
    await this.ended;
    this.agent.destroy();
    return this.figures;
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.sent++;
      if ((await this.ask()) === 200) this.answered++;
    }
  }

  private ask(): Promise<number | undefined> {
    return new Promise((resolve) => {
      const headers = { authorization: `Bearer ${this.token}` };
      const asking = request(this.url, { agent: this.agent, headers, timeout: PATIENCE_MS }, (response) => {
        response.resume().once('close', () => resolve(response.statusCode));
      });
      asking.once('timeout', () => asking.destroy());
      asking.once('error', () => resolve(undefined));
      asking.end();
    });
  }
}

import { Server } from '@nestjs/microservices';

/** The transport of an application that has services, but answers nobody. */
export class NoMessages extends Server {
  listen(done: () => void): void {
    done();
  }

  close(): void {}

  on(): never {
    throw new Error('there are no messages');
  }

  unwrap(): never {
    throw new Error('there is no transport');
  }
}

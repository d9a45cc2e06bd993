// WebSockets as one writes them first: a subscription in Redis, and a loop over the clients for each message.
//   CHANNELS  what there is to subscribe to
import { Redis } from 'ioredis';
import { type WebSocket, WebSocketServer } from 'ws';
import { setting } from './built.js';
import { channelOf, listen, publishingServer } from './publishing.js';

const redis = new Redis(setting('REDIS_URL'));
const subscriber = new Redis(setting('REDIS_URL'));
const channels = setting('CHANNELS').split(',');
const clients = new Map(channels.map((channel) => [channel, new Set<WebSocket>()]));

const server = publishingServer(async ({ channel, messages }) => {
  const pipeline = redis.pipeline();
  for (const message of messages) pipeline.publish(channel, JSON.stringify(message));
  await pipeline.exec();
});

new WebSocketServer({ server }).on('connection', (client, request) => {
  const others = clients.get(channelOf(request));
  others?.add(client);
  client.on('close', () => others?.delete(client));
});

subscriber.on('message', (channel, text) => {
  for (const client of clients.get(channel) ?? []) client.send(text);
});

await subscriber.subscribe(...channels);
listen(server);

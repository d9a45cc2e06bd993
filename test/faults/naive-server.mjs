// A server as it is without limits: it takes headers of any size, inflates what is compressed and parses what it gets.
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';

const options = { maxHeaderSize: 2 ** 24, headersTimeout: 0, requestTimeout: 0 };

const server = createServer(options, (request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const sent = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    if (request.headers['content-type'] === 'application/json') JSON.parse(body.toString());
    response.end(JSON.stringify({ bytes: body.length }));
  });
});

server.listen(0, '127.0.0.1', () => process.send(server.address().port));
process.once('disconnect', () => process.exit());

// A server for one client, which tells on stderr what its leaving raised; exit 3 then.
// server.js PORTFILE
const fs = require('fs');
const net = require('net');

const server = net.createServer({ allowHalfOpen: true }, (client) => {
  client.on('error', (error) => {
    console.error(error.message);
    process.exit(3);
  });
  client.once('data', () => client.write(Buffer.alloc(20 << 20)));
});
server.listen(0, '127.0.0.1', () => {
  fs.writeFileSync(process.argv[2], `${server.address().port}\n`);
});

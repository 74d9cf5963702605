# A server for one client, which tells on stderr what its leaving raised; exit 3 then.
# server.rb PORTFILE
require 'socket'

listener = TCPServer.new('127.0.0.1', 0)
File.write(ARGV[0], "#{listener.addr[1]}\n")
client = listener.accept
client.gets
begin
  client.write('x' * (20 << 20))
rescue SystemCallError => e
  warn "#{e.class}: #{e.message}"
  exit! 3
end

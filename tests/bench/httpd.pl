# HTTP::Daemon, which answers a request a connection with one file's content. httpd.pl PORT FILE
use strict;
use warnings;
use HTTP::Daemon;

my ($port, $path) = @ARGV;
open my $file, '<', $path or die "$path: $!";
my $content = do { local $/; <$file> };
my $daemon = HTTP::Daemon->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 128)
  or die "listen: $!";
while (my $client = $daemon->accept) {
    if ($client->get_request) {
        $client->send_response(HTTP::Response->new(200, 'OK', [Connection => 'close'], $content));
    }
    $client->close;
}

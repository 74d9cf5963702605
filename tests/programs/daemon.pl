# HTTP::Daemon, which answers by print. daemon.pl PORTFILE
use strict;
use warnings;
use HTTP::Daemon;

my $daemon = HTTP::Daemon->new(LocalAddr => '127.0.0.1', Listen => 8) or die "listen: $!";
open my $file, '>', $ARGV[0] or die "$ARGV[0]: $!";
print $file $daemon->sockport, "\n";
close $file;
while (my $client = $daemon->accept) {
    if (my $request = $client->get_request) {
        $client->send_response(HTTP::Response->new(200, 'OK', undef, 'x' x (20 << 20)));
    }
    $client->close;
}

# A server that answers by send(2). send.pl PORTFILE
use strict;
use warnings;
use IO::Socket::INET;

my $size = 20 << 20;
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8) or die "listen: $!";
open my $file, '>', $ARGV[0] or die "$ARGV[0]: $!";
print $file $listener->sockport, "\n";
close $file;
while (my $client = $listener->accept) {
    sysread $client, my $request, 4096;
    my ($data, $sent) = ('x' x 65536, 0);
    while ($sent < $size) {
        my $count = CORE::send($client, $data, 0);
        last unless defined $count;
        $sent += $count;
    }
    close $client;
}

# A server for one client, which answers by print and tells on stderr why that failed; exit 3 then.
# server.pl PORTFILE [DISPOSITION]: of SIGPIPE, as %SIG takes it.
use strict;
use warnings;
use IO::Socket::INET;

$SIG{PIPE} = $ARGV[1] if $ARGV[1];
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 8) or die "listen: $!";
open my $file, '>', $ARGV[0] or die "$ARGV[0]: $!";
print $file $listener->sockport, "\n";
close $file;
my $client = $listener->accept or die "accept: $!";
my $request = <$client>;
unless (print $client 'x' x (20 << 20)) {
    print STDERR "print: $!\n";
    exit 3;
}

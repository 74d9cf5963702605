# client.pl PORT ping|leave N: comes N times, until the server is done with all; prints how long that
# took, in ms.
use strict;
use warnings;
use IO::Socket::INET;
use Time::HiRes 'time';

my ($port, $wish, $times) = @ARGV;

sub come {
    my $server = IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port", Timeout => 10) or die 'no server';
    syswrite $server, "$_[0]\n";
    return $_[0] eq 'leave' || (<$server> // '') eq "pong\n" || die 'no answer';
}

my $begin = time;
come($wish) for 1 .. $times;
# It serves one after the other.
come('ping');
printf "%d\n", (time - $begin) * 1000;

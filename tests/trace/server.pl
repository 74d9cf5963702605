# server.pl DIR: a TCP server on 127.0.0.1 that answers "ping", and that fails to write to whoever
# says "leave" and does. It notes its port and pid in DIR, and at SIGTERM how often a write failed.
use strict;
use warnings;
use IO::Socket::INET;

my ($dir) = @ARGV;
my $failed = 0;

sub note {
    my ($name, $text) = @_;
    open my $file, '>', "$dir/$name.new" or die;
    print $file "$text\n";
    close $file;
    rename "$dir/$name.new", "$dir/$name" or die;
}

$SIG{TERM} = sub { note('failed', $failed); exit 0 };
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 64) or die;
note('pid', $$);
note('port', $server->sockport);
for (;;) {
    my $client = $server->accept or next;
    my $wish = <$client> // '';
    if ($wish eq "ping\n") {
        syswrite $client, "pong\n";
    } elsif ($wish eq "leave\n") {
        sysread $client, my $end, 1;
        1 while syswrite $client, 'x';
        $failed++ if $!{EPIPE};
    }
    close $client;
}

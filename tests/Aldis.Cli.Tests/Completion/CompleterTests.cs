using Aldis.Cli.Completion;
using Aldis.Cli.Terminal;
using Aldis.Cli.Verbs;

namespace Aldis.Cli.Tests.Completion;

/// <summary>What is offered where a command line is being typed; <c>|</c> is where its last word begins.</summary>
public sealed class CompleterTests
{
    [Theory]
    [InlineData("ser", "serve")]
    [InlineData("l", "log link lab")]
    [InlineData("--v", "--version")]
    [InlineData("serve mess", "messages messages=")]
    [InlineData("serve echo messages=u", "messages=udp:// messages=unix: messages=unix+seqpacket: messages=unix+dgram:")]
    [InlineData("send a", "arq:// arq+tls://")]
    [InlineData("send 127.0.0.1:9999 ", "")]
    [InlineData("send --outb", "--outbox")]
    [InlineData("send -- --outb", "")]
    [InlineData("send --outbox -- ", "tcp:// tls:// udp:// unix: arq:// arq+tls:// unix+seqpacket: unix+dgram:")]
    [InlineData("serve --level d", "durable")]
    [InlineData("serve --level=d", "--level=durable")]
    [InlineData("serve --level durable --lev", "")]
    [InlineData("serve --log-level debug --log-l", "--log-level")]
    [InlineData("serve --admin 127.0.0.1:1 --adm", "")]
    [InlineData("store ch", "check")]
    [InlineData("store check p", "postgres://")]
    [InlineData("completion ", "bash fish pwsh zsh")]
    [InlineData("manual se", "send serve")]
    [InlineData("echo tcp://127.0.0.1:1", "")]
    [InlineData("nonsense ", "")]
    public void Words_are_offered_that_begin_so(string line, string offered) =>
        Assert.Equal(offered.Split(' ', StringSplitOptions.RemoveEmptyEntries), Complete(line).Words.Select(static one => one.Word));

    [Theory]
    [InlineData("serve --config ", "Files", "")]
    [InlineData("serve --config=", "Files", "--config=")]
    [InlineData("log --data ./", "Directories", "")]
    [InlineData("bench --compare before.json ", "Files", "")]
    [InlineData("copy ", "Files", "")]
    [InlineData("copy report.pdf ", "Files", "")]
    [InlineData("talk unix:/run/", "Files", "unix:")]
    [InlineData("serve ack=unix+seqpacket:/run/", "Files", "ack=unix+seqpacket:")]
    [InlineData("send ", "Words", "")]
    public void Files_are_left_to_the_shell(string line, string kind, string prefix)
    {
        Offer offer = Complete(line);
        Assert.Equal((kind, prefix), (offer.Files.ToString(), offer.Prefix));
    }

    [Fact]
    public void A_verb_and_an_option_come_with_what_they_do()
    {
        Assert.Equal("Serve conversations to many clients at once, until interrupted", Complete("serv").Words.Single().Meaning);
        Assert.Equal("skip the messages of the input that the outbox took before", Complete("send --skip").Words.Single().Meaning);
    }

    private static Offer Complete(string line) => Completer.Complete(
        AldisCommand.Build(new VerbContext(
            new CommandConsole { Input = Stream.Null, Output = Stream.Null, Error = TextWriter.Null },
            CancellationToken.None,
            CancellationToken.None)),
        line.Split(' '));
}

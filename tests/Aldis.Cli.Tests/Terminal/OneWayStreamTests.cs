using Aldis.Cli.Terminal;

namespace Aldis.Cli.Tests.Terminal;

public sealed class OneWayStreamTests
{
    [Fact]
    public void Flushing_is_over_when_the_call_returns_and_begins_no_thread()
    {
        var flushed = new FlushedStream();
        using var output = new GuardedOutput(flushed, TextWriter.Null);
        Assert.True(output.FlushAsync(TestContext.Current.CancellationToken).IsCompletedSuccessfully);
        Assert.Equal(Environment.CurrentManagedThreadId, flushed.Thread);
    }

    private sealed class FlushedStream : MemoryStream
    {
        public int Thread { get; private set; }

        public override void Flush() => Thread = Environment.CurrentManagedThreadId;
    }
}

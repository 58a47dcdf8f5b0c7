using Aldis.Cli.Terminal;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>A terminal at which nobody types: a read of it ends only with this.</summary>
internal sealed class SilentInput : OneWayStream
{
    private readonly ManualResetEventSlim _end = new();

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        _end.Wait(TestContext.Current.CancellationToken);
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        _end.Set();
        base.Dispose(disposing);
    }
}

using System.Text;
using Aldis.Cli.Terminal;

namespace Aldis.Cli.Tests.Verbs;

/// <summary>An input that has a beginning, and the rest when something has happened.</summary>
/// <param name="beginning">Read at once; may be empty.</param>
/// <param name="happened">What the rest waits for.</param>
/// <param name="rest">Read then, and the end behind it.</param>
internal sealed class PacedInput(string beginning, Task happened, string rest) : OneWayStream
{
    private readonly Queue<byte[]> _pieces =
        new(new[] { beginning, rest }.Where(static text => text.Length > 0).Select(Encoding.UTF8.GetBytes));

    public override bool CanRead => true;

    public override int Read(Span<byte> buffer)
    {
        if (_pieces.Count <= 1)
        {
            happened.Wait(TestContext.Current.CancellationToken);
        }

        if (!_pieces.TryDequeue(out byte[]? piece))
        {
            return 0;
        }

        piece.CopyTo(buffer);
        return piece.Length;
    }
}

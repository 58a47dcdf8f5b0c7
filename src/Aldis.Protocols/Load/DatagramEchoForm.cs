using Aldis.Protocols.Measurement;

namespace Aldis.Protocols.Load;

/// <summary>A load of datagrams that come back, one under way on each socket.</summary>
/// <param name="bytes">Bytes of a datagram, at least <see cref="ProbePayload.MinSize"/>.</param>
internal sealed class DatagramEchoForm(int bytes) : LoadForm
{
    private const ulong Run = 1;

    /// <inheritdoc/>
    public override string Name => "echo";

    /// <inheritdoc/>
    public override int MostUnderWay => 1;

    /// <inheritdoc/>
    public override int RequestLength => bytes;

    /// <inheritdoc/>
    public override void WriteRequest(long number, Span<byte> request) => ProbePayload.Write(request, Run, number);

    /// <inheritdoc/>
    public override ILoadReader CreateReader() => new Reader(bytes);

    private sealed class Reader(int bytes) : ILoadReader
    {
        private long _answered;

        public bool IsReady => true;

        public long FirstNumber => 1;

        public int Window => 1;

        public LoadReply Read(ReadOnlySpan<byte> datagram, long lastNumber)
        {
            if (!ProbePayload.TryRead(datagram, Run, bytes, out long number))
            {
                return LoadReply.Wrong(LoadFailure.Garbage, datagram);
            }

            // A second copy, or one that comes when its request was given up: it answers nothing any more.
            bool isAnswer = number == lastNumber && number != _answered;
            _answered = isAnswer ? number : _answered;
            return new LoadReply(isAnswer ? 1 : 0);
        }
    }
}

using Aldis.Protocols.Arq;
using Aldis.Protocols.Arq.Congestion;

namespace Aldis.Protocols.Tests.Arq;

public sealed class TransferTests
{
    private const int Bytes = 60_000;

    public static TheoryData<string, double> Cases()
    {
        var cases = new TheoryData<string, double>();
        foreach (string mode in new[] { "stop-and-wait", "go-back-n", "go-back-n reject", "selective repeat", "internet", "lossy" })
        {
            foreach (double loss in new[] { 0, 0.05, 0.3 })
            {
                cases.Add(mode, loss);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_byte_arrives_once_and_in_order_in_both_directions_and_both_ends_close(string mode, double trouble)
    {
        for (ulong seed = 1; seed <= 12; seed++)
        {
            var pair = new Pair(OptionsFor(mode), seed)
            {
                Loss = trouble,
                Duplication = trouble / 2,
                Reordering = trouble,
                Corruption = trouble / 3
            };
            var up = new Stream(pair.Caller, seed);
            var down = new Stream(pair.Caller, seed + 1);
            Stream? back = null;
            Stream? sink = null;
            try
            {
                pair.AfterStep = () =>
                {
                    if (pair.Callee is { } callee)
                    {
                        back ??= new Stream(callee, seed + 1);
                        sink ??= new Stream(callee, seed);
                        back.Push(pair.Now);
                        sink.Pull(pair.Now);
                    }

                    up.Push(pair.Now);
                    down.Pull(pair.Now);
                };
                up.Push(pair.Now);
                pair.RunUntil(() => pair.Caller.State == ConnectionState.Closed && pair.Callee?.State == ConnectionState.Closed);
                Assert.Equal(Bytes, sink!.Received);
                Assert.Equal(Bytes, down.Received);
                Assert.True(sink.IsEnded && down.IsEnded);
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"seed {seed}: {error.Message}\n{pair.Trace}", error);
            }
        }
    }

    internal static ConnectionOptions OptionsFor(string mode) => mode switch
    {
        "stop-and-wait" => ConnectionOptions.StopAndWait(1_000),
        "go-back-n" => ConnectionOptions.GoBackN(1_000, 8),
        "go-back-n reject" => ConnectionOptions.GoBackN(1_000, 8) with { RejectRewinds = true },
        "selective repeat" => ConnectionOptions.SelectiveRepeat(1_000, 8),
        "lossy" => new ConnectionOptions { Congestion = CongestionProfile.Lossy, PeerCongestion = CongestionProfile.Lossy },
        _ => new ConnectionOptions(),
    };

    /// <summary>Writes or checks a stream of bytes that follow from their position.</summary>
    private sealed class Stream(ArqConnection connection, ulong seed)
    {
        private int _written;
        private bool _finished;

        public int Received { get; private set; }

        public bool IsEnded { get; private set; }

        public void Push(long now)
        {
            Span<byte> chunk = stackalloc byte[700];
            while (_written < Bytes)
            {
                int length = Math.Min(chunk.Length, Bytes - _written);
                for (int i = 0; i < length; i++)
                {
                    chunk[i] = At(_written + i);
                }

                int taken = connection.Write(chunk[..length], now);
                _written += taken;
                if (taken < length)
                {
                    return;
                }
            }

            if (!_finished)
            {
                _finished = true;
                connection.Finish(now);
            }
        }

        public void Pull(long now)
        {
            Span<byte> chunk = stackalloc byte[900];
            int count;
            while ((count = connection.Read(chunk, now)) > 0)
            {
                for (int i = 0; i < count; i++)
                {
                    Assert.Equal(At(Received + i), chunk[i]);
                }

                Received += count;
            }

            IsEnded |= count < 0;
        }

        private byte At(int position) => (byte)(((ulong)position * 131) + (seed * 7) + ((ulong)position >> 8));
    }
}

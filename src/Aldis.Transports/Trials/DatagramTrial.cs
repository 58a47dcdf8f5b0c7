using System.Net;
using System.Net.Sockets;
using Aldis.Protocols.Trials;
using Aldis.Transports.Datagrams;

namespace Aldis.Transports.Trials;

/// <summary>A trial over datagrams: nobody but the measurement itself counts, numbers and waits.</summary>
/// <param name="options">What is tried.</param>
/// <param name="server">The other side.</param>
/// <param name="place">Where it is reached.</param>
/// <param name="outcome">Takes what is found.</param>
internal sealed class DatagramTrial(TrialOptions options, TrialDatagrams server, EndPoint place, TrialOutcome outcome)
{
    /// <summary>Datagrams that may be on their way where the receiver is to keep up: less than any socket's buffer holds.</summary>
    private const int PacedDatagrams = 64;

    /// <summary>What is still on its way may take so long more than a round trip.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(50);

    private readonly TrialTimes _times = TrialTimes.OfDatagrams(options.Duration);
    private readonly byte[] _piece = new byte[options.DatagramBytes];
    private long _number;

    /// <summary>Runs it on the caller's thread.</summary>
    /// <param name="cancellationToken">Breaks it off.</param>
    public void Run(CancellationToken cancellationToken)
    {
        using Socket socket = TrialDatagrams.Connect(place);
        using CancellationTokenRegistration end = cancellationToken.Register(static socket => ((Socket)socket!).Dispose(), socket);
        MeasureRoundTrips(socket, _times.WarmUp, new TrialOutcome());
        MeasureRoundTrips(socket, _times.RoundTrips, outcome);
        outcome.Transfer = Send(socket, TrialUse.Sink, _times.Transfer, isPaced: true, cancellationToken);
        outcome.Flood = Send(socket, TrialUse.Sink, _times.Flood, isPaced: false, cancellationToken);
        outcome.SlowReader = Send(socket, TrialUse.SlowSink, _times.SlowReader, isPaced: false, cancellationToken);
    }

    private void MeasureRoundTrips(Socket socket, TimeSpan time, TrialOutcome found)
    {
        socket.ReceiveTimeout = (int)Math.Ceiling(options.AnswerTime.TotalMilliseconds);
        byte[] message = new byte[options.MessageBytes];
        byte[] answer = new byte[options.MessageBytes + 1];
        TrialPiece.Write(message, TrialUse.Echo, 0);
        var clock = new TrialClock();
        long end = clock.At(time);
        for (; MonotonicClock.NowNs < end; _number++)
        {
            TrialPiece.Renumber(message, _number);
            long sentAt = MonotonicClock.NowNs;
            socket.Send(message);
            while (true)
            {
                int length = socket.Receive(answer, SocketFlags.None, out SocketError error);
                if (error != SocketError.Success)
                {
                    found.RoundTripsLost++;
                    break;
                }

                // What is damaged answers nothing, and what answers an earlier message is waited for no longer.
                if (!TrialPiece.TryRead(answer.AsSpan(0, length), TrialUse.Echo, out long answered) || length != message.Length)
                {
                    found.RoundTripsCorrupted++;
                }
                else if (answered == _number)
                {
                    found.RoundTrips.Record(MonotonicClock.NowNs - sentAt);
                    break;
                }
            }
        }

        found.RoundTripTime = clock.Elapsed;
    }

    private TransferOutcome Send(Socket socket, TrialUse use, TimeSpan time, bool isPaced, CancellationToken cancellationToken)
    {
        var sink = new TrialSink { PieceBytes = _piece.Length };
        server.Sink = sink;
        TrialPiece.Write(_piece, use, 0);
        var pace = new PacedWindow(isPaced ? PacedDatagrams : int.MaxValue, (long)options.AnswerTime.TotalNanoseconds);
        var clock = new TrialClock();
        long end = clock.At(time);
        long sent = 0;
        while (MonotonicClock.NowNs is long now && now < end)
        {
            if (!pace.MaySend(now, sent, sink.Ledger.Highest))
            {
                Thread.Yield();
                continue;
            }

            TrialPiece.Renumber(_piece, sent);
            socket.Send(_piece, SocketFlags.None, out SocketError error);
            sent += error == SocketError.Success ? 1 : 0;
        }

        var transfer = TransferOutcome.When(sink, sent, clock);
        var late = new LateArrivals(sent);
        while (late.IsExpecting(sink.Ledger.Delivered + sink.Ledger.Corrupted)
            && !cancellationToken.WaitHandle.WaitOne((options.AnswerTime / 2) + QuietTime))
        {
            // Something may still be on its way.
        }

        return transfer.Settled(sink.Ledger, isStream: false);
    }
}

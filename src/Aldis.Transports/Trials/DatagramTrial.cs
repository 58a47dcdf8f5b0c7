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
    private const int PacedWindow = 64;

    // What is left of the time is for what is still on its way behind a transfer.
    private const double RoundTripShare = 0.35;
    private const double TransferShare = 0.25;
    private const double FloodShare = 0.12;
    private const double SlowShare = 0.08;

    /// <summary>What is still on its way may take so long more than a round trip.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(50);

    private readonly byte[] _piece = new byte[options.DatagramBytes];

    /// <summary>Runs it on the caller's thread.</summary>
    /// <param name="cancellationToken">Breaks it off.</param>
    public void Run(CancellationToken cancellationToken)
    {
        using Socket socket = TrialDatagrams.Connect(place);
        using CancellationTokenRegistration end = cancellationToken.Register(static socket => ((Socket)socket!).Dispose(), socket);
        MeasureRoundTrips(socket, options.Duration * RoundTripShare);
        outcome.Transfer = Send(socket, TrialUse.Sink, options.Duration * TransferShare, isPaced: true);
        outcome.Flood = Send(socket, TrialUse.Sink, options.Duration * FloodShare, isPaced: false);
        outcome.SlowReader = Send(socket, TrialUse.SlowSink, options.Duration * SlowShare, isPaced: false);
    }

    private void MeasureRoundTrips(Socket socket, TimeSpan time)
    {
        socket.ReceiveTimeout = (int)Math.Ceiling(options.AnswerTime.TotalMilliseconds);
        byte[] message = new byte[options.MessageBytes];
        byte[] answer = new byte[options.MessageBytes + 1];
        TrialPiece.Write(message, TrialUse.Echo, 0);
        var clock = new TrialClock();
        long end = clock.At(time);
        for (long number = 0; MonotonicClock.NowNs < end; number++)
        {
            TrialPiece.Renumber(message, number);
            long sentAt = MonotonicClock.NowNs;
            socket.Send(message);
            while (true)
            {
                int length = socket.Receive(answer, SocketFlags.None, out SocketError error);
                if (error != SocketError.Success)
                {
                    outcome.RoundTripsLost++;
                    break;
                }

                // What is damaged answers nothing, and what answers an earlier message is waited for no longer.
                if (!TrialPiece.TryRead(answer.AsSpan(0, length), TrialUse.Echo, out long answered) || length != message.Length)
                {
                    outcome.RoundTripsCorrupted++;
                }
                else if (answered == number)
                {
                    outcome.RoundTrips.Record(MonotonicClock.NowNs - sentAt);
                    break;
                }
            }
        }

        outcome.RoundTripTime = clock.Elapsed;
    }

    private TransferOutcome Send(Socket socket, TrialUse use, TimeSpan time, bool isPaced)
    {
        var sink = new TrialSink { PieceBytes = _piece.Length };
        server.Sink = sink;
        TrialPiece.Write(_piece, use, 0);
        var clock = new TrialClock();
        long end = clock.At(time);
        long sent = 0;
        long heardAt = MonotonicClock.NowNs;
        long heard = -1;
        while (MonotonicClock.NowNs is long now && now < end)
        {
            if (isPaced && sent - 1 - heard >= PacedWindow)
            {
                long highest = sink.Ledger.Highest;
                if (highest == heard && now - heardAt < (long)options.AnswerTime.TotalNanoseconds)
                {
                    Thread.Yield();
                    continue;
                }

                // Where nothing more was heard in time, what is on its way is lost.
                heard = highest == heard ? sent - 1 : highest;
                heardAt = now;
                continue;
            }

            TrialPiece.Renumber(_piece, sent);
            socket.Send(_piece, SocketFlags.None, out SocketError error);
            sent += error == SocketError.Success ? 1 : 0;
        }

        TimeSpan elapsed = clock.Elapsed;
        TimeSpan processor = clock.Processor;
        long bytes = sink.Ledger.DeliveredBytes;
        WaitForQuiet(sink.Ledger, sent);
        return new TransferOutcome(
            _piece.Length,
            sent,
            sink.Ledger.Delivered,
            sink.Ledger.Duplicated,
            sink.Ledger.OutOfOrder,
            sink.Ledger.Corrupted,
            Math.Max(0, sent - sink.Ledger.Delivered - sink.Ledger.Corrupted),
            0,
            elapsed,
            bytes,
            processor);
    }

    /// <summary>Waits until nothing has come for a while, so that what was only late is not taken for lost.</summary>
    private void WaitForQuiet(PieceLedger ledger, long sent)
    {
        const int MostRounds = 8;
        const int QuietRounds = 2;
        int quiet = 0;
        for (int round = 0; round < MostRounds && quiet < QuietRounds && ledger.Delivered + ledger.Corrupted < sent; round++)
        {
            long before = ledger.Delivered;
            Thread.Sleep((options.AnswerTime / 2) + QuietTime);
            quiet = ledger.Delivered == before ? quiet + 1 : 0;
        }
    }
}

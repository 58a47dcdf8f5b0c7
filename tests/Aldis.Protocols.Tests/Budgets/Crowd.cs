using Aldis.Protocols.Budgets;
using Aldis.Protocols.Fairness;

namespace Aldis.Protocols.Tests.Budgets;

/// <summary>A server that receives units from many senders in virtual time, in blocks as the socket transport does, and does as its budget
/// says.</summary>
internal sealed class Crowd
{
    public static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly List<Sender> _senders = [];

    public Crowd(long mostBytes, long mostBytesPerAddress) => Budget = new ReceiveBudget(mostBytes, mostBytesPerAddress);

    public ReceiveBudget Budget { get; }

    public TimeSpan Now { get; private set; }

    public IReadOnlyList<Sender> Senders => _senders;

    /// <summary>The most that was held at any time.</summary>
    public long PeakBytes { get; private set; }

    public Sender Add(int address, long unitBytes, long bytesPerSecond, long stopsAfter = long.MaxValue) =>
        Add(new Sender(Budget, NetworkKey.OfLocalUser((uint)address), unitBytes, bytesPerSecond, stopsAfter));

    public Sender Add(Sender sender)
    {
        _senders.Add(sender);
        return sender;
    }

    public void RunFor(TimeSpan time)
    {
        for (TimeSpan end = Now + time; Now < end;)
        {
            Now += Step;
            foreach (Sender sender in _senders)
            {
                sender.Advance(Step);
                PeakBytes = Math.Max(PeakBytes, Budget.Total.HeldBytes);
            }

            foreach (ReceiveAccount ended in Budget.Decide(Now).Ended)
            {
                ((Sender)ended.Owner!).EndAt(Now);
            }
        }
    }

    /// <summary>The whole process stands still.</summary>
    public void StandStill(TimeSpan time) => Now += time;
}

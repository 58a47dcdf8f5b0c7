namespace Aldis.Services.Files;

/// <summary>Who holds which transfer: one connection at a time has a client's key, and a newer one takes it over. Thread-safe.</summary>
internal sealed class TransferSeats
{
    private readonly Dictionary<(string Client, string Key), Seat> _seats = [];

    /// <summary>Takes a seat; whoever has it is told to go first.</summary>
    /// <param name="client">The client's id.</param>
    /// <param name="key">The transfer's key.</param>
    /// <param name="superseded">Called when a newer connection asks for it; from any thread, at most once.</param>
    /// <returns>The seat, once nobody else has it; disposing it gives it back.</returns>
    public async Task<IDisposable> EnterAsync(string client, string key, Action superseded)
    {
        var seat = new Seat(this, (client, key), superseded);
        Seat? before;
        lock (_seats)
        {
            _seats.Remove(seat.Place, out before);
            _seats.Add(seat.Place, seat);
        }

        if (before is not null)
        {
            before.Superseded();
            await before.Left.Task.ConfigureAwait(false);
        }

        return seat;
    }

    private sealed class Seat(TransferSeats seats, (string Client, string Key) place, Action superseded) : IDisposable
    {
        public (string Client, string Key) Place { get; } = place;

        public Action Superseded { get; } = superseded;

        public TaskCompletionSource Left { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Dispose()
        {
            lock (seats._seats)
            {
                if (seats._seats.TryGetValue(Place, out Seat? holder) && holder == this)
                {
                    seats._seats.Remove(Place);
                }
            }

            Left.TrySetResult();
        }
    }
}

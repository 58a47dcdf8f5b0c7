namespace Aldis.Transports.Relay;

/// <summary>Something that happens again and again and that several wait for. Thread-safe.</summary>
internal sealed class Pulse
{
    private volatile TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when it happens next; to be taken before one looks whether one has to wait.</summary>
    public Task Next => _next.Task;

    /// <summary>It happens.</summary>
    public void Set() =>
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
}

namespace Aldis.Tests;

/// <summary>Ends a wait that would hang a failing test.</summary>
internal static class InTimeExtensions
{
    public static Task InTime(this Task task) => task.WaitAsync(LabClient.Patience, TestContext.Current.CancellationToken);

    public static Task<T> InTime<T>(this Task<T> task) => task.WaitAsync(LabClient.Patience, TestContext.Current.CancellationToken);

    public static Task InTime(this ValueTask task) => task.AsTask().InTime();

    public static Task<T> InTime<T>(this ValueTask<T> task) => task.AsTask().InTime();
}

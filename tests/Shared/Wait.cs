namespace Aldis.Tests;

/// <summary>Waits for what nobody tells: a condition that is looked at again and again.</summary>
internal static class Wait
{
    /// <summary>Waits until a condition holds; fails the test where it never does.</summary>
    public static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    /// <inheritdoc cref="UntilAsync(Func{bool})"/>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(LabClient.Patience);
        while (!await condition())
        {
            await Task.Delay(1, patience.Token);
        }
    }
}

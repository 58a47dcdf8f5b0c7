namespace Aldis.Benchmarks.Hostile;

/// <summary>An attack that can be run alone, at most 60 s.</summary>
/// <param name="Name">How it is called.</param>
/// <param name="Checks">What is done, and what has to hold.</param>
/// <param name="RunAsync">Does it.</param>
internal sealed record Attack(string Name, string Checks, Func<Ground, Verdict, Task> RunAsync);
